#!/usr/bin/env python3
"""Ask a model that model-export wrote with --with-preparation, in onnxruntime.

ask.py MODEL.onnx PICTURE...   pictures are .ppm or .pgm (raw) of any size; with
                               Pillow, of any kind

Takes onnxruntime and numpy.  What the outputs mean is read from the metadata of the
file (nnutils-onnx(7)): classes are printed with their names, boxes in pixels.
"""
import sys

import numpy
import onnxruntime


def read(path, channels):
    """(H, W, C) bytes, R G B or gray."""
    if not path.endswith(('.ppm', '.pgm')):
        from PIL import Image
        picture = Image.open(path).convert('RGB' if channels == 3 else 'L')
        return numpy.asarray(picture).reshape(
            picture.height, picture.width, channels)
    data = open(path, 'rb').read()
    kind, w, h = data.split(None, 3)[:3]
    shape = int(h), int(w), 3 if kind == b'P6' else 1
    return numpy.frombuffer(
        data[-numpy.prod(shape):], numpy.uint8).reshape(shape)


def fit(picture, width, height):
    """The nearest pixels; a program of your own will have a better way."""
    h, w = picture.shape[:2]
    return picture[numpy.arange(height) * h // height][
        :, numpy.arange(width) * w // width]


def classes(scores, names):
    for i in numpy.argsort(-scores)[:3]:
        yield '%5.1f %%  %s' % (100 * scores[i],
                                names[i] if i < len(names) else i)


def boxes(rows, names, shape):
    h, w = shape[:2]
    for item, label, score, *edges in rows.reshape(-1, 7):
        if item >= 0 and score > 0.3:
            yield '%5.1f %%  %s  %s' % (
                100 * score,
                names[int(label)] if label < len(names) else int(label),
                ' '.join('%.0f' % (e * s) for e, s in zip(edges, (w, h) * 2)))


def main(model, *pictures):
    session = onnxruntime.InferenceSession(model)
    notes = session.get_modelmeta().custom_metadata_map
    names = notes.get('nnutils.labels', '').split('\n')
    width, height = map(int, notes['nnutils.size'].split('x'))
    channels = 1 if notes['nnutils.channels'] == 'gray' else 3
    for path in pictures:
        picture = read(path, channels)
        answers = session.run(None, {
            notes['nnutils.input']: fit(picture, width, height)[None]})
        for output, answer in zip(session.get_outputs(), answers):
            meaning = notes.get('nnutils.output.' + output.name, '')
            if meaning.startswith('boxes: item'):
                lines = boxes(answer, names, picture.shape)
            elif meaning.endswith('of each class'):
                lines = classes(answer[0].ravel(), names)
            else:
                lines = ['%s %s' % (output.name, answer.shape)]
            for line in lines:
                print('%s: %s' % (path, line))


if __name__ == '__main__':
    main(*sys.argv[1:])
