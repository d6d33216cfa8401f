"""The README begins with two commands, answers at once, and shows pictures that are there."""

import re
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"


def test_the_first_two_commands_train_and_test() -> None:
    assert re.findall(r"^\s*\$ (.*)$", README.read_text(encoding="utf-8"), re.MULTILINE)[:2] == [
        "make train",
        "make test",
    ]


def test_every_picture_is_there() -> None:
    for picture in re.findall(r"!\[.*?\]\((.*?)\)", README.read_text(encoding="utf-8")):
        assert (README.parent / picture).stat().st_size > 10_000
