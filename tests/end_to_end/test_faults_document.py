"""The documentation of faults says what the tests prove."""

from end_to_end.parts import TIMEOUT
from faults.document import BEGIN, END, PAGE, row, table
from faults.haste import AGENT, INTEGRATION, USUAL, product
from faults.table import FAULTS

pytestmark = TIMEOUT


def test_every_fault_stands_in_the_document_as_it_is_tested() -> None:
    """`python -m faults.document` writes it."""
    page = PAGE.read_text()
    assert [fault.name for fault in FAULTS if row(fault, product()) not in page] == []
    assert page.partition(BEGIN)[2].partition(END)[0].strip() == table()


def test_both_ends_wait_as_long_as_the_document_says() -> None:
    assert product(INTEGRATION) == product(AGENT) == USUAL
