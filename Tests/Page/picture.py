# SPDX-License-Identifier: Apache-2.0
# Makes a screenshot small: the 256 colours that it has most, and each other pixel the nearest of them.
import collections
import struct
import zlib


def chunks(data):
    at = 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        yield kind, data[at + 8:at + 8 + length]
        at += 12 + length


def unfiltered(raw, width, height, step):
    rows, stride, before = [], width * step, bytearray(width * step)
    for number in range(height):
        kind = raw[number * (stride + 1)]
        row = bytearray(raw[number * (stride + 1) + 1:(number + 1) * (stride + 1)])
        if kind == 2:
            row = bytearray((a + b) & 255 for a, b in zip(row, before))
        elif kind:
            for index in range(stride):
                left = row[index - step] if index >= step else 0
                up, corner = before[index], before[index - step] if index >= step else 0
                if kind == 1:
                    row[index] = (row[index] + left) & 255
                elif kind == 3:
                    row[index] = (row[index] + (left + up) // 2) & 255
                else:
                    guess = left + up - corner
                    far = (abs(guess - left), abs(guess - up), abs(guess - corner))
                    row[index] = (row[index] + (left if far[0] <= far[1] and far[0] <= far[2] else up if far[1] <= far[2] else corner)) & 255
        rows.append(bytes(row))
        before = row
    return rows


def chosen(colours):
    """256 of them, those that are often first; what is nearly there already has to wait."""
    palette = colours[:24]
    for apart in (400, 150, 50, 12, 0):
        for colour in colours:
            if len(palette) < 256 and min(sum((a - b) ** 2 for a, b in zip(each, colour)) for each in palette) > apart:
                palette.append(colour)
    return palette


def smaller(data):
    """A PNG with a palette, of a PNG with 8 bits a colour."""
    parts = list(chunks(data))
    width, height, depth, kind = struct.unpack(">IIBB", parts[0][1][:10])
    step = {2: 3, 6: 4}[kind]
    assert depth == 8
    rows = unfiltered(zlib.decompress(b"".join(body for name, body in parts if name == b"IDAT")), width, height, step)
    pixels = [list(zip(row[0::step], row[1::step], row[2::step])) for row in rows]
    counted = collections.Counter(pixel for row in pixels for pixel in row)
    palette = chosen([colour for colour, _ in counted.most_common(4000)])
    number = {colour: index for index, colour in enumerate(palette)}
    for colour in counted:
        if colour not in number:
            number[colour] = min(range(len(palette)), key=lambda index: sum((a - b) ** 2 for a, b in zip(palette[index], colour)))
    raw = b"".join(b"\0" + bytes([number[pixel] for pixel in row]) for row in pixels)
    chunk = lambda name, body: struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    return data[:8] + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)) + chunk(b"PLTE", b"".join(bytes(each) for each in palette)) + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b"")
