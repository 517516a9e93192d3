"""Programs killed: at a random moment, at the k-th call of a kind, or by a signal
that can be caught.  Nothing is lost, nothing half-made is under a final name; after
a signal no temporary file is left, after SIGKILL none when the command has run again."""
import random
import re
import shutil
import signal

from jobs import left
from world import pause

SIGNALS = [getattr(signal, 'SIG' + n) for n in
           ('TERM', 'INT', 'HUP', 'QUIT', 'PIPE', 'ALRM', 'USR2', 'XCPU')]


def at_moment(world, job, place, old, rng):
    r = world.start(job.args(old), place)
    pause(rng, job.seconds * 1.05)
    r.p.kill()
    r.wait()
    return r, 'kill at a moment'


def at_call(world, job, place, old, rng):
    job.count_calls()
    call = rng.choice(sorted(job.calls))
    # counted for each thread
    k = 1 + int(job.calls[call] * rng.random() ** 2)
    r = world.run(job.args(old), place, before=[
        'strace', '-f', '-qq', '-o', '/dev/null', '-e',
        'trace=' + call, '-e', 'inject=%s:signal=KILL:when=%d' % (call, k)])
    return r, 'kill at call %d of %s' % (k, call)


def by_signal(world, job, place, old, rng):
    sig = rng.choice(SIGNALS)
    r = world.start(job.args(old), place)
    pause(rng, job.seconds * 1.05)
    r.end(sig)
    r.wait()
    return r, signal.Signals(sig).name


def one(world, jobs, seed):
    rng = random.Random(seed)
    job = rng.choice(jobs)
    place = world.path('kill-%s' % seed)
    old = job.before is not None and rng.random() < 0.5
    job.place(place, old)
    way = rng.choices((at_moment, at_call if world.strace else at_moment,
                       by_signal), (5, 4, 2))[0]
    r, how = way(world, job, place, old, rng)
    done = r.status == 0
    world.count('kill: runs')
    if not done:
        world.count('kill: ' + re.sub(' [0-9]+ of .*', '', how))
    what = '%s, %s, %s: ' % (job.name, how, 'with an old product' if old else
                             'nothing there before')
    wrong = r.crash() or job.judge(place, old, done)
    if wrong is None and way is by_signal and left(job, place):
        wrong = 'left: ' + ', '.join(left(job, place))
    if wrong is None and rng.random() < 0.2:
        wrong = again(world, job, place)
    if wrong is not None:
        world.report(what + wrong, r, [place])
    shutil.rmtree(place)


def again(world, job, place):
    """The same command after that: it works, and leaves nothing."""
    world.count('kill: run again')
    r = world.run(job.args(bool(job.force)), place)
    if r.status:
        return 'run again: status %d: %s' % (r.status, r.err.decode(
            errors='replace')[-300:])
    wrong = r.crash() or job.judge(place, False, True)
    if wrong is None and left(job, place):
        wrong = 'run again, left: ' + ', '.join(left(job, place))
    return wrong and 'run again: ' + wrong
