"""Runs commands in a pseudo-terminal and says which lines are longer than the window, or have colour where none is wanted.

    terminal.py PROGRAM LAKE WIDTH COLOUR COMMAND... [-- COMMAND...]...

COLOUR is `colour` (the commands together must have some) or `plain` (`NO_COLOR` is set, none may have any). Ends with 1
if something is wrong.
"""

import fcntl
import os
import pty
import re
import struct
import sys
import termios
import unicodedata

# Colours, and what else is no text: a meter moves the cursor.
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def shown(program, arguments, width, environment):
    """All that a command prints, on either stream, in a window of so many columns."""
    # The window has its size before the program begins to look at it.
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    process = os.fork()
    if process == 0:
        os.close(parent)
        login(child)
        os.execve(program, [program, *arguments], environment)
    os.close(child)
    output = b""
    while True:
        try:
            more = os.read(parent, 1 << 16)
        except OSError:
            break
        if not more:
            break
        output += more
    os.close(parent)
    os.waitpid(process, 0)
    return output.decode()


def login(child):
    """Makes a terminal that of this process (`os.login_tty` of Python 3.11)."""
    os.setsid()
    fcntl.ioctl(child, termios.TIOCSCTTY, 0)
    for stream in range(3):
        os.dup2(child, stream)


def columns(line):
    """How wide a line is."""
    wide = {"W": 2, "F": 2}
    return sum(
        0 if unicodedata.combining(c) else wide.get(unicodedata.east_asian_width(c), 1)
        for c in ESCAPE.sub("", line)
    )


def commands(words):
    """The commands between the dashes."""
    command = []
    for word in [*words, "--"]:
        if word == "--":
            yield command
            command = []
        else:
            command.append(word)


def main():
    """Runs the commands; says what is wrong."""
    program, lake, width, colour, *rest = sys.argv[1:]
    width = int(width)
    environment = {"TERM": "xterm-256color", "USAGE_REPORT_LAKE": lake}
    if colour == "plain":
        environment["NO_COLOR"] = "1"
    wrong, has_colour = [], False
    for command in commands(rest):
        output = shown(program, command, width, environment)
        if not output.strip():
            wrong.append(f"{command}: prints nothing")
        has_colour |= COLOUR.search(output) is not None
        for line in output.splitlines():
            if columns(line) > width:
                wrong.append(f"{command}: {columns(line)} columns in a window of {width}: {line!r}")
    if has_colour != (colour == "colour"):
        wrong.append(f"{colour} is wanted, and there is {'colour' if has_colour else 'none'}")
    sys.exit("\n".join(wrong[:50]) if wrong else 0)


main()
