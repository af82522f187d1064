"""Where things are: the project's root and what the workshop keeps below it."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"
REQUIREMENTS = ROOT / "requirements"
WORKSHOP = ROOT / ".workshop"
TOOLS = WORKSHOP / "tools"
ENVIRONMENTS = WORKSHOP / "environments"
LOCKS = WORKSHOP / "locks"
LOGS = WORKSHOP / "logs"
DOWNLOADS = WORKSHOP / "downloads"
