"""How properties are tested here."""

from chamber.given import any_patience

any_patience()
