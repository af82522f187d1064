"""How many examples a property is held against, and that none fails because the machine is busy."""

from hypothesis import HealthCheck, settings

_USUAL, _FEW = 100, 10


def be_patient() -> None:
    """Let time be no test's business, and `--hypothesis-profile=hasty` ask for few examples, always the same."""
    slow = [HealthCheck.too_slow]
    settings.register_profile(
        "thorough", deadline=None, suppress_health_check=slow, max_examples=_USUAL
    )
    settings.register_profile(
        "hasty", settings.get_profile("thorough"), max_examples=_FEW, derandomize=True
    )
    settings.load_profile("thorough")


def examples(count: int) -> int:
    """Return so many, or in haste a share of them; to be asked for when a module of tests is loaded."""
    return max(1, count * settings().max_examples // _USUAL)
