"""The BentoML service of the process's environment.

``service.server`` starts the workers, or ``bentoml serve service.app:Attune``.
"""

import os

from service.application import served

Attune = served(os.environ)
