from __future__ import annotations

import os

from hypothesis import settings

os.environ.setdefault("JAX_PLATFORMS", "cpu")
settings.register_profile("project", deadline=None, print_blob=True, derandomize=True)
settings.load_profile("project")
