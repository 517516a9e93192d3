#!/usr/bin/env python3
"""Writes the lists beside it: of each net the names and shapes of its arrays, as the
sources of torchvision 0.29 and timm 1.0 make them, with stand-ins for torch's modules
that only keep shapes.  Usage: make.py TORCHVISION TIMM DIR, the first two the folders
of the unpacked wheels that hold torchvision/ and timm/."""
import importlib
import importlib.machinery
import importlib.util
import os
import sys
import types
from unittest.mock import MagicMock


class Array:
    def __init__(self, *shape):
        self.shape = tuple(int(d) for d in shape)

    def __getattr__(self, name):
        return lambda *a, **k: self

    def __mul__(self, other):
        return self

    __rmul__ = __mul__


class Module:
    def __init__(self, *a, **k):
        self.__dict__.setdefault('parts', [])

    def __setattr__(self, name, v):
        self.__dict__.setdefault('parts', [])
        if isinstance(v, (Module, Array)) and name not in self.parts:
            self.parts.append(name)
        self.__dict__[name] = v

    def __class_getitem__(cls, x):
        return cls

    def add_module(self, name, m):
        setattr(self, name, m)

    def named_children(self):
        return [(n, self.__dict__[n]) for n in self.parts
                if isinstance(self.__dict__[n], Module)]

    def children(self):
        return [m for n, m in self.named_children()]

    def modules(self):
        yield self
        for m in self.children():
            yield from m.modules()

    def arrays(self, prefix=''):
        for n in self.parts:
            v = self.__dict__.get(n)
            if isinstance(v, Array):
                yield prefix + n, v.shape
            elif isinstance(v, Module):
                yield from v.arrays(prefix + n + '.')

    def named_modules(self, *a, **k):
        return []

    named_parameters = parameters = named_modules

    def apply(self, f):
        return self


class Sequential(Module):
    def __init__(self, *a):
        super().__init__()
        if len(a) == 1 and isinstance(a[0], dict):
            a = a[0].items()
        else:
            a = ((str(i), m) for i, m in enumerate(a))
        for n, m in a:
            setattr(self, n, m)

    def __iter__(self):
        return iter(self.children())

    def __len__(self):
        return len(self.parts)

    def __getitem__(self, i):
        return self.children()[i]


class ModuleList(Sequential):
    def __init__(self, a=()):
        Module.__init__(self)
        for m in a:
            self.append(m)

    def append(self, m):
        setattr(self, str(len(self.parts)), m)


class ModuleDict(Sequential):
    def items(self):
        return [(n, self.__dict__[n]) for n in self.parts]


def pair(k):
    return k if isinstance(k, tuple) else (k, k)


class Conv2d(Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0,
                 dilation=1, groups=1, bias=True, *a, **k):
        super().__init__()
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size, self.stride = pair(kernel_size), pair(stride)
        self.groups, self.padding = groups, padding
        self.weight = Array(out_channels, in_channels // groups, *pair(kernel_size))
        self.bias = Array(out_channels) if bias else None


class Linear(Module):
    def __init__(self, in_features, out_features, bias=True, *a, **k):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = Array(out_features, in_features)
        self.bias = Array(out_features) if bias else None


class BatchNorm2d(Module):
    def __init__(self, n, eps=1e-5, momentum=.1, affine=True, *a, **k):
        super().__init__()
        self.num_features = n
        if affine:
            self.weight, self.bias = Array(n), Array(n)
        self.running_mean, self.running_var = Array(n), Array(n)


class LayerNorm(Module):
    def __init__(self, n, *a, **k):
        super().__init__()
        n = n if isinstance(n, (tuple, list)) else (n,)
        self.weight, self.bias = Array(*n), Array(*n)


class Nothing(Module):
    pass


class Package(types.ModuleType):
    """Any class is one without arrays, anything else a mock."""
    def __getattr__(self, name):
        if name.startswith('__'):
            raise AttributeError(name)
        v = type(name, (Nothing,), {}) if name[0].isupper() else MagicMock(name=name)
        setattr(self, name, v)
        return v


def package(name, path=(), **members):
    m = sys.modules[name] = Package(name)
    m.__path__ = list(path)
    m.__dict__.update(members)
    parent, _, last = name.rpartition('.')
    if parent in sys.modules:
        setattr(sys.modules[parent], last, m)
    return m


class Finder:
    """Whatever is asked of these packages is there."""
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in ('torch', 'PIL', 'numpy', 'safetensors',
                                  'huggingface_hub', 'yaml'):
            return importlib.machinery.ModuleSpec(name, self)

    def create_module(self, spec):
        return package(spec.name)

    def exec_module(self, m):
        pass


def decorator(f=None, **k):
    return f if callable(f) else lambda g: g


def array(*s, **k):
    return Array(*(s[0] if s and isinstance(s[0], (tuple, list)) else s))


class Number(float):
    def item(self):
        return float(self)


def torch_make():
    sys.meta_path.insert(0, Finder())
    torch = package('torch', Tensor=type('Tensor', (), {}), Size=tuple,
                    __version__='2.15.0', dtype=type('dtype', (), {}),
                    empty=array, zeros=array, ones=array, randn=array,
                    no_grad=lambda *a: a[0] if a else decorator,
                    linspace=lambda a, b, n, **k: [Number(a)] * n)
    package('torch.nn', Module=Module, Sequential=Sequential, ModuleList=ModuleList,
            ModuleDict=ModuleDict, Conv2d=Conv2d, Linear=Linear,
            BatchNorm2d=BatchNorm2d, LayerNorm=LayerNorm, Identity=Nothing,
            Parameter=lambda p, **k: p)
    for n in ('torch.nn.functional', 'torch.nn.init', 'torch.nn.modules'):
        package(n)
    final = type('Final', (), {'__class_getitem__': classmethod(lambda c, x: c)})
    torch.jit = package('torch.jit', script=decorator, ignore=decorator,
                        unused=decorator, interface=decorator, Final=final,
                        is_scripting=lambda: False)


def divisible(v, d, least=None):
    n = max(least or d, int(v + d / 2) // d * d)
    return n if n >= .9 * v else n + d


def torchvision_make(base):
    for n in ('', '.transforms', '.transforms._presets', '.utils', '.ops',
              '.ops.stochastic_depth', '.models', '.models._meta'):
        package('torchvision' + n)
    package('torchvision.models._api', register_model=lambda *a, **k: decorator,
            Weights=MagicMock(), WeightsEnum=type('WeightsEnum', (), {
                'verify': classmethod(lambda c, w: w)}))
    package('torchvision.models._utils', _make_divisible=divisible,
            handle_legacy_interface=lambda **k: decorator)
    sys.modules['torchvision.transforms._presets'].InterpolationMode = MagicMock()

    def load(name):
        path = '%s/torchvision/%s.py' % (base, name.replace('.', '/'))
        spec = importlib.util.spec_from_file_location('torchvision.' + name, path)
        m = sys.modules['torchvision.' + name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(m)
        return m
    load('ops.misc')
    return lambda name: load('models.' + name)


def timm_make(base):
    for n in ('.transforms.functional', '.ops.misc', '.models.feature_extraction'):
        package('torchvision' + n)
    for n in ('', '/data', '/models', '/layers', '/utils'):
        package('timm' + n.replace('/', '.'), [base + '/timm' + n])
    sys.modules['timm'].__version__ = '1.0'
    data = sys.modules['timm.data']
    for who in ('IMAGENET_DEFAULT', 'IMAGENET_INCEPTION', 'OPENAI_CLIP', 'IMAGENET_DPN'):
        setattr(data, who + '_MEAN', (.5, .5, .5))
        setattr(data, who + '_STD', (.5, .5, .5))
    # the layers as they are; of the nets only those that are asked for
    del sys.modules['timm.layers']
    importlib.import_module('timm.layers')
    return lambda name: importlib.import_module('timm.models.' + name)


def write(path, net):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as f:
        for name, shape in net.arrays():
            print(name, *shape, file=f)


TORCHVISION = {
    'resnet18': 'resnet', 'resnet34': 'resnet', 'resnet50': 'resnet',
    'resnet101': 'resnet', 'vgg11': 'vgg', 'vgg16': 'vgg', 'vgg19': 'vgg',
    'squeezenet1_0': 'squeezenet', 'squeezenet1_1': 'squeezenet',
    'mobilenet_v2': 'mobilenetv2', 'densenet121': 'densenet',
    'inception_v3': 'inception', 'alexnet': 'alexnet',
    'mobilenet_v3_small': 'mobilenetv3', 'mobilenet_v3_large': 'mobilenetv3',
    'efficientnet_b0': 'efficientnet', 'convnext_tiny': 'convnext'}
OURS = {'squeezenet1_0': 'squeezenet1.0', 'squeezenet1_1': 'squeezenet'}
TIMM = {'mobilenetv2_100': 'efficientnet', 'efficientnet_b0': 'efficientnet',
        'efficientnet_lite0': 'efficientnet', 'vgg16': 'vgg'}


def main(torchvision, timm, out):
    torch_make()
    load, loaded = torchvision_make(torchvision), {}
    for name, file in TORCHVISION.items():
        if file not in loaded:
            loaded[file] = load(file)
        more = {'init_weights': False} if file == 'inception' else {}
        net = getattr(loaded[file], name)(weights=None, **more)
        write('%s/torchvision/%s' % (out, OURS.get(name, name.replace('_', '-'))), net)
    load = timm_make(timm)
    for name, file in TIMM.items():
        write('%s/timm/%s' % (out, name), getattr(load(file), name)())


if __name__ == '__main__':
    main(*sys.argv[1:])
