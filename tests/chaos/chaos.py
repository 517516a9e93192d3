"""Programs in chaos: see scripts/chaos, its door.

usage: chaos [--seed N] [--time SECONDS | --count N] [--only PART[,PART]...]
             [--like WORD] [-j N] [--bin DIR] [--keep DIR]

Parts: kill fail pair mutate server.  --time is shared by them; --count is of each.
--like takes only jobs (kill, fail, pair) or kinds of files with WORD in their names.
The same seed tries the same things, though not at the same moments.  What is found
is said when it is found, with the files in DIR (bin/chaos).  Exit status: 0
nothing was found, 1 something was, 2 wrong usage."""
import argparse
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback

import fail
import jobs
import kill
import mutate
import pair
import server
import world as world_file

PARTS = ('kill', 'fail', 'pair', 'mutate', 'server')
# Of the time: mutated files are the most, and the quickest.
SHARE = {'kill': 3, 'fail': 3, 'pair': 1, 'mutate': 4, 'server': 1}


class Part:
    """One thing to be tried many times, by several threads."""

    def __init__(self, name, world, one, what, args, seconds):
        self.name, self.world, self.one, self.what = name, world, one, what
        self.args, self.next, self.lock = args, 0, threading.Lock()
        self.end = time.monotonic() + seconds
        self.done = 0

    def take(self):
        with self.lock:
            if self.args.count is not None:
                if self.next >= self.args.count:
                    return None
            elif time.monotonic() > self.end:
                return None
            self.next += 1
            return '%d-%d' % (self.args.seed, self.next)

    def work(self):
        while True:
            seed = self.take()
            if seed is None:
                return
            try:
                self.one(self.world, self.what, seed)
            except Exception:
                self.world.report('chaos itself: %s %s: %s' % (
                    self.name, seed, traceback.format_exc()), None)

    def run(self):
        threads = [threading.Thread(target=self.work, daemon=True)
                   for _ in range(self.args.jobs)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()


def arguments():
    p = argparse.ArgumentParser(prog='chaos', usage=__doc__.split('\n\n')[1])
    p.add_argument('--seed', type=int, default=0)
    p.add_argument('--time', type=float, default=60)
    p.add_argument('--count', type=int)
    p.add_argument('--only', default=','.join(PARTS))
    p.add_argument('--like', default='')
    p.add_argument('-j', '--jobs', type=int, default=os.cpu_count())
    p.add_argument('--bin')
    p.add_argument('--keep')
    a = p.parse_args()
    a.only = [x for x in a.only.split(',') if x]
    for x in a.only:
        if x not in PARTS:
            p.error('%s: no part of it; they are %s' % (x, ' '.join(PARTS)))
    return a


def programs(a, tree):
    """Built with sanitizers where that is there, for what needs no strace."""
    plain = os.path.realpath(a.bin or tree + '/bin')
    san = tree + '/bin/san'
    if a.bin is None and os.path.exists(san + '/model-train') and \
            os.path.exists(san + '/zoo-publish'):
        return plain, san
    return plain, plain


def make(name, place, bins, tree, a):
    os.makedirs(place)
    print('chaos: %s with the programs of %s' % (name, bins), flush=True)
    return world_file.World(place, bins, tree, os.path.realpath(
        a.keep or tree + '/bin/chaos'))


def run_parts(a, tree, temp):
    """Figures and findings of all."""
    plain, san = programs(a, tree)
    unit = a.time / sum(SHARE[x] for x in a.only)
    counts, found = {}, []
    for bins, names in ((plain, ('kill', 'fail', 'pair')),
                        (san, ('mutate', 'server'))):
        names = [x for x in names if x in a.only]
        if not names:
            continue
        w = make(' '.join(names), os.path.join(temp, names[0]), bins, tree, a)
        writers = []
        if names[0] not in ('mutate', 'server'):
            writers = [j for j in jobs.all_jobs(w) if a.like in j.name]
            for j in writers:
                j.learn()
        for name in names:
            if name == 'fail' and not w.strace:
                print('chaos: no strace, so no calls fail (scripts/deps test)')
                continue
            servers = server.Servers(w) if name == 'server' else None
            what = {'mutate': lambda: [
                k for k in mutate.kinds(w) if a.like in k.name],
                    'server': lambda: servers}.get(name, lambda: writers)()
            one = {'kill': kill, 'fail': fail, 'pair': pair, 'mutate': mutate,
                   'server': server}[name].one
            Part(name, w, one, what, a, SHARE[name] * unit).run()
            if servers is not None:
                servers.close()
        counts.update(w.counts)
        found += w.found
    return counts, found


def main():
    a = arguments()
    tree = os.path.realpath(os.path.join(os.path.dirname(__file__), '../..'))
    temp = tempfile.mkdtemp(prefix='nnutils-chaos-')
    start = time.monotonic()
    signal.signal(signal.SIGTERM, lambda sig, frame: sys.exit(128 + sig))
    try:
        counts, found = run_parts(a, tree, temp)
    finally:
        shutil.rmtree(temp, ignore_errors=True)
    for k in sorted(counts):
        print('%-28s %d' % (k, counts[k]))
    print('chaos: seed %d, %.0f s, %d found' % (
        a.seed, time.monotonic() - start, len(found)))
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
