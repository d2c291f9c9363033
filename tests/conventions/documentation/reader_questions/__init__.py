"""Questions of newcomers, and the sections of the documentation that answer them."""

from tests.conventions.documentation.reader_questions.backend_developer import BACKEND_DEVELOPER
from tests.conventions.documentation.reader_questions.data_scientist import DATA_SCIENTIST
from tests.conventions.documentation.reader_questions.platform_engineer import PLATFORM_ENGINEER
from tests.conventions.documentation.reader_questions.question import Question

QUESTIONS = BACKEND_DEVELOPER + PLATFORM_ENGINEER + DATA_SCIENTIST

__all__ = ["QUESTIONS", "Question"]
