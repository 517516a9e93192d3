#!/usr/bin/env python3
"""Writes the files beside it as torch.save would, without torch: what
torch/serialization.py of 2.1 and its _legacy_save do.  Usage: make.py DIR

A tensor is T(kind, numbers, shape, stride, offset) over its own storage, or over the
one of another."""
import collections
import io
import pickle
import struct
import sys
import types
import zipfile

KINDS = {"Float": "f", "Double": "d", "Long": "q", "Int": "i", "Byte": "B",
         "Bool": "?", "Half": "e", "BFloat16": "H"}


def module(name, **members):
    m = sys.modules[name] = types.ModuleType(name)
    for k, v in members.items():
        v.__module__, v.__qualname__, v.__name__ = name, k, k
        setattr(m, k, v)


def function():
    return lambda *a: None


module("torch", **{k + "Storage": type(k, (), {}) for k in KINDS})
module("torch._utils", _rebuild_tensor_v2=function(), _rebuild_parameter=function())
torch, utils = sys.modules["torch"], sys.modules["torch._utils"]


class Storage:
    def __init__(self, kind, numbers):
        self.kind, self.n = kind, len(numbers)
        self.data = struct.pack("<%d%s" % (self.n, KINDS[kind]), *numbers)
        self.size = len(self.data) // max(self.n, 1)


class T:
    def __init__(self, storage, shape, stride=None, offset=0):
        if stride is None:
            stride, k = [], 1
            for d in reversed(shape):
                stride.insert(0, k)
                k *= d
        self.args = (storage, offset, tuple(shape), tuple(stride), False,
                     collections.OrderedDict())

    def __reduce__(self):
        return utils._rebuild_tensor_v2, self.args


class Parameter:
    def __init__(self, t):
        self.t = t

    def __reduce__(self):
        return utils._rebuild_parameter, (self.t, True, collections.OrderedDict())


class Pickler(pickle.Pickler):
    def __init__(self, out, old):
        super().__init__(out, protocol=2)
        self.old, self.keys = old, {}

    def persistent_id(self, obj):
        if not isinstance(obj, Storage):
            return None
        key = self.keys.setdefault(obj, str(len(self.keys)))
        tail = (obj.n, None) if self.old else (obj.n,)
        return ("storage", getattr(torch, obj.kind + "Storage"), key, "cpu") + tail


def pickled(obj, old=False):
    out = io.BytesIO()
    p = Pickler(out, old)
    p.dump(obj)
    return out.getvalue(), p.keys


def save(path, obj, method=zipfile.ZIP_STORED, order=b"little"):
    data, keys = pickled(obj)
    with zipfile.ZipFile(path, "w", method) as z:
        def put(name, data):
            z.writestr(zipfile.ZipInfo("archive/" + name), data, method)
        put("data.pkl", data)
        if order:
            put("byteorder", order)
        for s, key in keys.items():
            put("data/" + key, s.data)
        put("version", b"3\n")


def save_old(path, obj):
    data, keys = pickled(obj, True)
    with open(path, "wb") as f:
        pickle.dump(0x1950a86a20f9469cfc6c, f, protocol=2)
        pickle.dump(1001, f, protocol=2)
        pickle.dump({"protocol_version": 1001, "little_endian": True, "type_sizes":
                     {"short": 2, "int": 4, "long": 4}}, f, protocol=2)
        f.write(data)
        order = sorted(keys.values())
        pickle.dump(order, f, protocol=2)
        by = {k: s for s, k in keys.items()}
        for k in order:
            f.write(struct.pack("<q", by[k].n) + by[k].data)


class Evil:
    def __reduce__(self):
        import os
        return os.system, ("touch executed",)


def state(*items):
    d = collections.OrderedDict(items)
    d._metadata = collections.OrderedDict([("", {"version": 1})])
    return d


def net():
    six = Storage("Float", [1, 2, 3, 4, 5, 6])
    return state(
        ("conv.weight", T(six, (3, 2))),
        ("conv.turned", T(six, (2, 3), (1, 2))),
        ("conv.part", T(six, (2,), (2,), 1)),
        ("fc.weight", Parameter(T(Storage("Half", [0.5, -2]), (1, 2)))),
        ("fc.bias", T(Storage("BFloat16", [0x3f80]), (1,))),
        ("bn.num_batches_tracked", T(Storage("Long", [7]), ())),
        ("none", T(Storage("Double", []), (0, 4))))


def main(folder):
    p = folder + "/"
    save(p + "new.pth", net())
    save(p + "deflated.pth", net(), zipfile.ZIP_DEFLATED, order=None)
    save_old(p + "old.pth", net())
    one = T(Storage("Float", [1]), (1,))
    two = T(Storage("Float", [2]), (1,))
    save(p + "checkpoint.pth", {
        "epoch": 3, "best": T(Storage("Float", [9]), ()), "lr": 0.5, "done": True,
        "state_dict": state(("a", one), ("b", one)),
        "state_dict_ema": state(("a", two), ("b", two)),
        "optimizer": {"state": {0: {"step": 1}}, "param_groups": [{"lr": 1}]}})
    save(p + "executes.pth", {"state_dict": Evil()})
    save(p + "passes.pth", state(("a", T(Storage("Float", [1, 2, 3]), (2,), (3,)))))
    save(p + "repeats.pth", state(("a", T(Storage("Float", [1]), (2,), (0,)))))
    save(p + "big-endian.pth", net(), order=b"big")
    save(p + "nothing.pth", {"epoch": 3, "names": ["a", "b"]})


if __name__ == "__main__":
    main(sys.argv[1])
