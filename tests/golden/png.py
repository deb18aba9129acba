"""Pictures of every kind of PNG, as ImageMagick and Pillow write them, and their numbers as Pillow reads them: `python3 png.py > png.json`.

Needs Pillow, ImageMagick's convert (which also interlaces) and netpbm's pnmtopng (for 16 bits and for colours that are transparent).
"""
import base64
import io
import json
import subprocess

from PIL import Image

cases = []
random = 1


def number(most):
    global random
    random = (random * 1103515245 + 12345) % 2**31
    return random // 65536 % (most + 1)


def smooth(x, y, c, most):
    """Neighbours near each other, so that every filter is chosen somewhere; and some noise."""
    return min(most, (x * 9 + y * 5 + c * 40 + number(most) // 8) * most // 255)


def run(*command, data):
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def case(name, png, shape, numbers):
    cases.append({"name": name, "file": base64.b64encode(png).decode(), "shape": shape, "data": numbers})


def pillow(name, image, **options):
    to = io.BytesIO()
    image.save(to, "PNG", **options)
    for how, png in (("", to.getvalue()), (", interlaced", run("convert", "png:-", "-interlace", "PNG", "-define", "png:preserve-colormap=true", f"png:-", data=to.getvalue()))):
        read = Image.open(io.BytesIO(png))
        mode = {"1": "L", "P": "RGBA" if "transparency" in read.info else "RGB"}.get(read.mode, read.mode)
        read = read.convert(mode)
        case(name + how, png, [read.height, read.width, len(read.getbands())], [v for p in read.getdata() for v in (p if isinstance(p, tuple) else (p,))])


def picture(mode, width, height):
    image = Image.new(mode, (width, height))
    bands = len(image.getbands())
    values = [tuple(smooth(x, y, c, 255) for c in range(bands)) for y in range(height) for x in range(width)]
    image.putdata([v[0] for v in values] if bands == 1 else values)
    return image


for size in ((1, 1), (5, 3), (13, 9), (33, 2)):
    for mode in ("L", "LA", "RGB", "RGBA"):
        pillow(f"{mode} {size[0]}x{size[1]}", picture(mode, *size))
pillow("1 bit", picture("L", 11, 6).point(lambda v: 255 * (v // 9 % 2)).convert("1"))
for colors, bits in ((2, 1), (4, 2), (16, 4), (200, 8)):
    image = picture("RGB", 13, 7).quantize(colors)
    pillow(f"palette of {bits} bits", image, bits=bits)
    pillow(f"palette of {bits} bits, transparent", image, bits=bits, transparency=bytes([0, 128])[:colors])


def netpbm(name, magic, most, channels, width, height, *options, alpha=None):
    """Numbers of up to 16 bits: what was written is what must be read."""
    values = [smooth(x, y, c, most) for y in range(height) for x in range(width) for c in range(channels)]
    wide = 2 if most > 255 else 1
    data = b"%s %d %d %d\n" % (magic, width, height, most) + b"".join(v.to_bytes(wide, "big") for v in values)
    scale = 1 if most > 255 else 255 // most
    shown = [v * scale for v in values]
    if alpha is not None:
        full = 65535 if most > 255 else 255
        shown = [v for i in range(0, len(shown), channels) for v in (*shown[i:i + channels], 0 if values[i:i + channels] == alpha else full)]
    for how, more in (("", ()), (", interlaced", ("-interlace",))):
        png = run("pnmtopng", "-force", *more, *options, data=data)
        case(name + how, png, [height, width, channels + (alpha is not None)], shown)


for most in (1, 3, 15, 255, 65535):
    netpbm(f"grey up to {most}", b"P5", most, 1, 13, 9)
netpbm("colours of 16 bits", b"P6", 65535, 3, 7, 10)
first = random
netpbm("grey with a transparent one", b"P5", 15, 1, 9, 9, "-transparent=rgb:2/2/2", alpha=[2])

print('{"source": "Pillow, ImageMagick, pnmtopng; tests/golden/png.py", "cases": [')
print(",\n".join(json.dumps(c, separators=(",", ":")) for c in cases))
print("]}")
