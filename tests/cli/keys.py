"""keys.py SHELL SETUP KEYS: type KEYS into an interactive shell, after SETUP.

The shell is bash, zsh or fish without anybody's own settings.  In KEYS "\\t" is
the tabulator.  Prints what the terminal got after SETUP, without its escapes.
"""
import fcntl, os, pty, re, select, signal, struct, sys, termios, time

shell, setup, keys = sys.argv[1:]
command = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}[shell]
pid, fd = pty.fork()
if pid == 0:
    # of what a test runner exports, bash would take options and functions
    env = {k: os.environ[k] for k in ("PATH", "HOME", "LANG") if k in os.environ}
    env.update(TERM="dumb" if shell == "zsh" else "xterm", PS1="$ ",
               HISTFILE="/dev/null")
    os.execvpe(command[0], command, env)
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))


def read_until(quiet, most=20.0, mark=None):
    """What comes until mark was seen and nothing came for so long."""
    out, last, end = b"", time.time(), time.time() + most
    while time.time() < end:
        if select.select([fd], [], [], 0.05)[0]:
            try:
                data = os.read(fd, 65536)
            except OSError:
                break
            if not data:
                break
            if b"\033[c" in data or b"\033[0c" in data:
                os.write(fd, b"\033[?6c")  # fish asks what terminal it is
            out, last = out + data, time.time()
        elif time.time() - last > quiet and (mark is None or mark in out):
            break
    return out


read_until(0.3, mark=b"")
os.write(fd, (setup + "\recho rea''dy\r").encode())
read_until(0.4, mark=b"ready")
for part in re.split("(\\\\t)", keys):
    os.write(fd, b"\t" if part == "\\t" else part.encode())
    got = read_until(0.7) if part == "\\t" else b""
    if got:
        text = re.sub(rb"\033\[[0-9;?>=]*[a-zA-Z]|\033[()=>][A-Z0-9]?|\033\][^\a\033]*(\a|\033\\)", b"", got)
        sys.stdout.write(text.decode(errors="replace").replace("\a", ""))
os.kill(pid, signal.SIGKILL)
os.waitpid(pid, 0)
print()
