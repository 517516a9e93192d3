"""Two of a program with one output: one makes it, the other does too or leaves
with 8; whatever they do the product is whole and nothing else is left."""
import random
import shutil

from jobs import left
from world import pause


def one(world, jobs, seed):
    rng = random.Random(seed)
    job = rng.choice(jobs)
    place = world.path('pair-%s' % seed)
    old = job.before is not None and rng.random() < 0.5
    killed = rng.random() < 0.25
    job.place(place, old)
    a = world.start(job.args(old), place)
    pause(rng, job.seconds * 0.5)
    b = world.start(job.args(old), place)
    if killed:
        pause(rng, job.seconds * 0.5)
        a.p.kill()
    a.wait()
    b.wait()
    world.count('pair: runs')
    wrong = a.crash() or b.crash()
    fine = (0, 8, -9) if killed else (0, 8)
    if wrong is None and (a.status not in fine or b.status not in (0, 8)):
        wrong = 'status %d and %d: %s %s' % (a.status, b.status, a.err[-200:],
                                             b.err[-200:])
    done = 0 in (a.status, b.status)
    if wrong is None and not done and not killed:
        wrong = 'neither succeeded'
    if wrong is None:
        wrong = job.judge(place, old, done)
    if wrong is None and not killed and left(job, place):
        wrong = 'left: ' + ', '.join(left(job, place))
    if wrong is not None:
        world.report('%s twice%s, %s: %s' % (
            job.name, ', the first killed' if killed else '',
            'with an old product' if old else 'nothing there before', wrong),
            b, [place])
    shutil.rmtree(place)
