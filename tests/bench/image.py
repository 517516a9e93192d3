# The same steps as tests/bench/image.c by the peers, on one thread:
# python3 image.py DIR pillow|opencv; lines "name<TAB>ms".
import io
import statistics
import sys
import time

folder, peer = sys.argv[1], sys.argv[2]


def load(name):
    with open(folder + "/" + name, "rb") as f:
        return f.read()


def measure(name, step):
    step()
    begin = time.process_time()
    step()
    n = int(0.05 / (time.process_time() - begin + 1e-9)) + 1
    rounds = []
    for _ in range(7):
        begin = time.process_time()
        for _ in range(n):
            step()
        rounds.append((time.process_time() - begin) / n)
    print("%s\t%.4f" % (name, statistics.median(rounds) * 1e3), flush=True)


def pillow():
    from PIL import Image

    def opened(data, draft=False):
        im = Image.open(io.BytesIO(data))
        if draft:
            im.draft("RGB", (512, 512))
        im.load()
        return im

    def resized(im):
        return im.resize((256, 256), Image.BILINEAR)

    def saved(im, form, **how):
        out = io.BytesIO()
        im.save(out, form, **how)
        return out

    return opened, resized, saved


def opencv():
    import cv2
    import numpy

    cv2.setNumThreads(1)

    def opened(data, draft=False):
        how = cv2.IMREAD_REDUCED_COLOR_4 if draft else cv2.IMREAD_COLOR
        return cv2.imdecode(numpy.frombuffer(data, numpy.uint8), how)

    def resized(im):
        return cv2.resize(im, (256, 256), interpolation=cv2.INTER_AREA)

    def saved(im, form, **how):
        args = [cv2.IMWRITE_JPEG_QUALITY, 90] if form == "JPEG" else []
        return cv2.imencode("." + form.lower(), im, args)

    return opened, resized, saved


opened, resized, saved = {"pillow": pillow, "opencv": opencv}[peer]()
photo, large = load("photo.jpg"), load("large.jpg")
whole = opened(photo)
small = resized(whole)
p = "jpeg 500x375: "
measure(p + "decode", lambda: opened(photo))
measure("resize 500x375 to 256x256", lambda: resized(whole))
measure(p + "decode, resize", lambda: resized(opened(photo)))
measure(p + "decode, resize, encode jpeg",
        lambda: saved(resized(opened(photo)), "JPEG", quality=90))
measure(p + "decode, resize, encode png",
        lambda: saved(resized(opened(photo)), "PNG"))
measure("encode jpeg 256x256", lambda: saved(small, "JPEG", quality=90))
measure("encode png 256x256", lambda: saved(small, "PNG"))
p = "jpeg 3000x2000: "
measure(p + "decode, resize, every pixel", lambda: resized(opened(large)))
measure(p + "decode, resize", lambda: resized(opened(large, True)))
for name, file in (("png 256x256: decode", "small.png"),
                   ("png 28x28 grey: decode", "digit.png")):
    data = load(file)
    measure(name, lambda: opened(data))
ppm = load("photo.ppm")
measure("ppm 500x375: decode, resize", lambda: resized(opened(ppm)))
