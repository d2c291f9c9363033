"""Text files whose lines become other rows."""

from dataclasses import dataclass

from purchase_files.formats.separated import SeparatedFile


@dataclass(frozen=True)
class ConvertedFile:
    """A text file whose lines become other rows. See `Source`."""

    file: SeparatedFile

    @property
    def path(self) -> str:
        """Path of the file."""
        return self.file.path

    @property
    def encoding(self) -> str | None:
        """Encoding of the original."""
        return self.file.encoding

    @property
    def separator(self) -> str | None:
        """Character between the values of a line."""
        return self.file.separator
