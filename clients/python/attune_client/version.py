"""The version of this distribution, and the name it gives itself."""

__version__ = "0.1.0"
USER_AGENT = {"User-Agent": f"attune-client/{__version__}"}
