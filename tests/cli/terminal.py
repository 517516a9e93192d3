"""terminal.py COLUMNS[,COLUMNS...] COMMAND [ARG...]: run it on a terminal.

Its stdout and stderr are a terminal of so many columns; with several, it is
resized after each 0.4 s.  What is written is shown as such a terminal would show
it line by line: "row TEXT" for each state of the row the cursor is in, "kept TEXT"
for each row that was left, "end TEXT" for the row it ends in.  Exit status: the
command's; 99 when a row was longer than the terminal was wide at any time it
could have been written at.
"""
import fcntl, os, pty, re, select, signal, struct, sys, termios, time

sizes = [int(c) for c in sys.argv[1].split(",")]


def resize(fd, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


master, slave = pty.openpty()
resize(master, sizes[0])
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in (1, 2):
        os.dup2(slave, fd)
    os.environ.setdefault("TERM", "xterm")
    os.execvp(sys.argv[2], sys.argv[2:])
os.close(slave)
began, at, too_long, row = time.time(), 0, False, ""
# (time, widest that may still be written): a row drawn just before a resize
# comes just after it
widths = [(began, sizes[0])]
out, carry = [], b""
while True:
    step = min(int((time.time() - began) / 0.4), len(sizes) - 1)
    if step != at:
        at = step
        resize(master, sizes[at])
        widths.append((time.time(), sizes[at]))
    if select.select([master], [], [], 0.05)[0]:
        try:
            data = os.read(master, 65536)
        except OSError:
            break
        if not data:
            break
        now = time.time()
        widest = max(w for i, (t, w) in enumerate(widths)
                     if i == len(widths) - 1 or widths[i + 1][0] > now - 0.3)
        text = (carry + data).decode("utf-8", "surrogateescape")
        for part in re.findall(r"\r\n|\r|\n|\033\[K|\033\[[0-9;]*m|[^\r\n\033]+|\033", text):
            if part in ("\r\n", "\n"):
                out.append("kept " + row)
                row = ""
            elif part == "\r":
                if row:
                    out.append("row " + row)
                row = ""
            elif part.startswith("\033["):
                pass
            else:
                row += part
                if len(row) > widest:
                    too_long = True
                    out.append("too long for %d: %s" % (widest, row))
out.append("end " + row)
print("\n".join(out))
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.exit(99 if too_long else status)
