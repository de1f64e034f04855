from __future__ import annotations

from hypothesis import settings

settings.register_profile("project", deadline=None, print_blob=True, derandomize=True)
settings.register_profile("nightly", settings.get_profile("project"), derandomize=False, max_examples=3000)
settings.load_profile("project")
