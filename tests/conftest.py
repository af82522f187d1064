"""How properties are tested everywhere."""

from patience import be_patient

be_patient()
