"""Calls that fail: the k-th of a kind, or all from the k-th on.  A run that says
that it succeeded has made all of its product; one that failed said why, and left
what was there."""
import random
import shutil

from jobs import left
from world import fingerprint

ERRORS = {
    'write': ('ENOSPC', 'EIO', 'EDQUOT'), 'pwrite64': ('ENOSPC', 'EIO'),
    'writev': ('ENOSPC', 'EIO'), 'fsync': ('EIO', 'ENOSPC'),
    'fdatasync': ('EIO',), 'rename': ('ENOSPC', 'EIO', 'EACCES'),
    'renameat': ('EIO',), 'renameat2': ('ENOSPC', 'EIO'),
    'ftruncate': ('ENOSPC', 'EIO', 'EFBIG'), 'fallocate': ('ENOSPC',),
    'mkdir': ('ENOSPC', 'EIO', 'EACCES'), 'mkdirat': ('ENOSPC',),
    'openat': ('ENOSPC', 'EIO', 'EMFILE', 'EACCES'),
    'close': ('EIO', 'ENOSPC'), 'mmap': ('ENOMEM', 'ENODEV'),
    'read': ('EIO',), 'pread64': ('EIO',), 'newfstatat': ('EIO', 'EACCES'),
    'getdents64': ('EIO',), 'unlink': ('EIO',), 'unlinkat': ('EIO',),
    'lseek': ('EIO',), 'msync': ('EIO', 'ENOSPC'), 'flock': ('ENOLCK',),
}
# Without these no temporary file can be found or removed.
CLEANERS = {'unlink', 'unlinkat', 'openat', 'getdents64', 'newfstatat', 'mmap'}


def one(world, jobs, seed):
    rng = random.Random(seed)
    job = rng.choice(jobs)
    job.count_calls()
    calls = [c for c in sorted(job.calls) if c in ERRORS and
             job.calls[c] > job.loader.get(c, 0)]
    call = rng.choice(calls)
    error = rng.choice(ERRORS[call])
    k = rng.randint(job.loader.get(call, 0) + 1, job.calls[call] + 1)
    more = rng.choice(('', '+'))
    place = world.path('fail-%s' % seed)
    old = job.before is not None and rng.random() < 0.5
    job.place(place, old)
    r = world.run(job.args(old), place, before=[
        'strace', '-f', '-qq', '--seccomp-bpf', '-o', '/dev/null', '-e',
        'trace=' + call, '-e',
        'inject=%s:error=%s:when=%d%s' % (call, error, k, more)])
    world.count('fail: runs')
    if r.status:
        world.count('fail: failed with %d' % r.status)
    wrong = judge(world, job, place, old, r, call)
    if wrong is not None:
        world.report('%s, %s of %s from call %d%s, %s: %s' % (
            job.name, error, call, k, more, 'with an old product' if old else
            'nothing there before', wrong), r, [place])
    shutil.rmtree(place)


def judge(world, job, place, old, r, call):
    # mem.h ends the program; libdnnl's maker of code, in dnnl_primitive_create,
    # follows a null where 256 KiB for its code cannot be had.
    no_memory = call == 'mmap' and r.status in (
        (-6, 134, 127) if 'model' not in job.name else
        (-6, 134, 127, -11, 139, 1))
    wrong = None if no_memory else r.crash()
    if wrong is not None:
        return wrong
    if r.status and not r.err and not (call == 'write' or no_memory):
        return 'status %d without a word' % r.status
    if r.status != 1:  # else some of the input could not be read, as was said
        wrong = job.judge(place, old, r.status == 0, call not in CLEANERS)
    if wrong is not None:
        return wrong
    if call not in CLEANERS and not no_memory and left(job, place):
        return 'left: ' + ', '.join(left(job, place))
    if r.status == 0 and old and fingerprint(
            place + '/' + job.out) == job.before != job.reference:
        return 'success was said, and the old product is there'
    return None
