from tests.support.builders.kept_logs import logs_as_before

__all__ = ["logs_as_before"]
