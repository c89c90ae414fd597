"""External programs: their input, their results and their limits."""

import os
import sys
import time
from pathlib import Path

import pytest

from proofdown.runtime.system.programs import (
    NOWHERE,
    EndlessOutputError,
    Limits,
    ProgramCall,
    ProgramResult,
    TimedOutError,
    run_bounded,
    run_program,
    start_in_background,
)


def python(code: str, folder: Path, **options: object) -> ProgramCall:
    """Return the call of a program that runs a line of Python."""
    fields = {"environment": {"WORD": "given"}, "folder": folder} | options
    return ProgramCall(command=[sys.executable, "-c", code], **fields)  # type: ignore[arg-type]


def test_a_program_gets_its_input_its_environment_and_its_folder(tmp_path: Path) -> None:
    code = "import os, sys; print(sys.stdin.read(), os.environ['WORD'], os.getcwd())"
    result = run_program(python(code, tmp_path, given=b"text"))
    assert result == ProgramResult(0, f"text given {tmp_path}\n".encode(), b"")


def test_the_exit_code_of_a_program_is_returned_and_raises_no_error(tmp_path: Path) -> None:
    code = "import sys; sys.stderr.write('why'); sys.exit(3)"
    assert run_program(python(code, tmp_path)) == ProgramResult(3, b"", b"why")
    killed = "import os; os.kill(os.getpid(), 9)"
    assert run_program(python(killed, tmp_path)).exit_code == -9


def test_output_goes_to_a_file_or_nowhere(tmp_path: Path) -> None:
    program = python("print('text')", tmp_path)
    with (tmp_path / "out").open("w+b") as file:
        assert run_program(program, into=file).output == b""
    assert (tmp_path / "out").read_bytes() == b"text\n"
    assert run_program(program, into=NOWHERE).output == b""


def test_a_program_without_input_reads_from_the_null_device(tmp_path: Path) -> None:
    code = "import os; print(os.fstat(0).st_rdev == os.stat(os.devnull).st_rdev)"
    assert run_program(python(code, tmp_path)).output == b"True\n"


def test_a_program_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    code = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(60)"
    with pytest.raises(TimedOutError):
        run_program(python(code, tmp_path, seconds=2))
    assert not is_alive(int((tmp_path / "pid").read_text()))


def test_a_program_cannot_write_a_file_beyond_its_limit(tmp_path: Path) -> None:
    code = "with open('large', 'wb') as file: file.write(bytes(5000))"
    limits = Limits(memory=4 << 30, file_size=1000, seconds=60)
    assert run_program(python(code, tmp_path, limits=limits)).exit_code != 0
    assert (tmp_path / "large").stat().st_size == 1000


def test_a_missing_program_raises_an_os_error(tmp_path: Path) -> None:
    missing = [str(tmp_path / "missing")]
    with pytest.raises(FileNotFoundError):
        run_program(ProgramCall(command=missing, environment={}, folder=tmp_path))
    with pytest.raises(FileNotFoundError):
        run_bounded(missing, [], {}, 10)
    with pytest.raises(FileNotFoundError):
        start_in_background(missing)


def test_a_program_that_prints_endlessly_is_killed() -> None:
    command = [sys.executable, "-c", "while True: print('text')"]
    with pytest.raises(EndlessOutputError):
        run_bounded(command, [], {}, 1 << 20)


def test_only_the_start_of_an_endless_standard_error_is_kept() -> None:
    code = "import sys\nwhile True: sys.stderr.write('why ' * 1000)"
    result = run_bounded([sys.executable, "-c", code], [], {}, 1 << 20)
    assert (result.exit_code, len(result.errors)) == (-9, 1 << 16)


def test_a_bounded_program_gets_its_input_in_chunks() -> None:
    command = [sys.executable, "-c", "import sys; print(sys.stdin.read())"]
    assert run_bounded(command, [b"a", b"b"], {}, 10) == ProgramResult(0, b"ab\n", b"")


def test_a_program_in_the_background_runs_until_it_is_stopped() -> None:
    program = start_in_background([sys.executable, "-c", "import time; time.sleep(60)"])
    time.sleep(0.2)
    assert program.is_running()
    program.stop()
    assert not program.is_running()
    assert not is_alive(program.process.pid)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
