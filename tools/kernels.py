"""Compiles the core's loops in place: `python -m tools.kernels`.

`make` calls it, and the build of the images. Sources are the `.pyx` files in `recommender/kernels`. What is compiled
from the same text for the same Python is kept.
"""

import hashlib
import sys
import sysconfig
from importlib import import_module
from pathlib import Path

from tools.steps import Steps, end_like_ctrl_c, exit_code_of

FOLDER = Path("recommender/kernels")
BUILD = "build/kernels"
# Sums may be reordered, so that they are computed several at a time. NaN and infinity keep their meaning.
COMPILER_ARGUMENTS = [
    "-g0",
    "-O3",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-fno-signed-zeros",
    "-fassociative-math",
]
# The kernels check their arguments themselves, once per call.
DIRECTIVES = {"boundscheck": False, "wraparound": False, "initializedcheck": False, "cdivision": True}


def main(arguments: list[str]) -> int:
    """Compiles what is missing or made from another text, and returns the exit code.

    Args:
        arguments: sources that are compiled in any case, and alone.
    """
    if arguments:
        _compile([Path(name) for name in arguments])
        return 0
    return exit_code_of(_compile_outdated)


def _compile_outdated() -> None:
    outdated = [source for source in sorted(FOLDER.glob("*.pyx")) if not _is_current(source)]
    if not outdated:
        return
    # A process group of its own, so that the compiler ends with this program.
    command = [sys.executable, "-m", "tools.kernels", *map(str, outdated)]
    Steps(Path.cwd()).run(f"compiling {', '.join(source.stem for source in outdated)}", command)
    for source in outdated:
        _stamp(source).write_text(_digest(source))


def _compile(sources: list[Path]) -> None:
    # Imported here: these packages are needed only to compile.
    cython, setuptools = import_module("Cython.Build"), import_module("setuptools")
    names = [".".join(source.with_suffix("").parts) for source in sources]
    extensions = [
        setuptools.Extension(name, [str(source)], extra_compile_args=COMPILER_ARGUMENTS)
        for name, source in zip(names, sources, strict=True)
    ]
    modules = cython.cythonize(
        extensions, build_dir=BUILD, quiet=True, force=True, compiler_directives=DIRECTIVES
    )
    command = setuptools.Distribution({"ext_modules": modules}).get_command_obj("build_ext")
    # By their times alone, Cython and setuptools would keep what was compiled with other options.
    command.inplace, command.build_temp, command.force = True, BUILD, True
    command.ensure_finalized()
    command.run()


def _is_current(source: Path) -> bool:
    compiled = source.with_suffix(sysconfig.get_config_var("EXT_SUFFIX"))
    stamp = _stamp(source)
    return compiled.is_file() and stamp.is_file() and stamp.read_text() == _digest(source)


def _stamp(source: Path) -> Path:
    return Path(BUILD) / f"{source.stem}.{sysconfig.get_config_var('SOABI')}.stamp"


def _digest(source: Path) -> str:
    shared = b"".join(path.read_bytes() for path in sorted(FOLDER.glob("*.pxd")))
    options = f"{sys.version} {COMPILER_ARGUMENTS} {DIRECTIVES}".encode()
    return hashlib.sha256(source.read_bytes() + shared + options).hexdigest()


if __name__ == "__main__":
    end_like_ctrl_c()
    sys.exit(main(sys.argv[1:]))
