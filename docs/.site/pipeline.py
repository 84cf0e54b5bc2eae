"""Draws docs/pictures/pipeline.gif: python docs/.site/pipeline.py

A stream through a pipeline: at every tick each subnetwork works on another frame, and registers hand on what it made.
"""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from mpvn.data.walkers.scene import generate_clip

SUBNETWORKS, TICKS, SIDE, GAP, LEFT, TOP = 5, 24, 88, 40, 14, 48
COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9"]
TARGET = Path(__file__).parents[1] / "pictures" / "pipeline.gif"


def main():
    clip = generate_clip(12, TICKS, 44, "walk_forward", 10)["video"]
    font = ImageFont.load_default(13)
    pictures = [_tick(tick, clip, font) for tick in range(TICKS)]
    first = pictures[0].quantize(128)
    rest = [picture.quantize(128) for picture in pictures[1:]]
    first.save(TARGET, save_all=True, append_images=rest, duration=450, loop=0, optimize=True)
    print(f"written to {TARGET}, {TARGET.stat().st_size / 2**10:.0f} KB")


def _tick(tick, clip, font):
    width = 2 * LEFT + (SUBNETWORKS + 1) * SIDE + SUBNETWORKS * GAP
    image = Image.new("RGB", (width, TOP + SIDE + 34), "white")
    draw = ImageDraw.Draw(image)
    draw.text((LEFT, 4), f"tick {tick}", "black", font)
    for place in range(SUBNETWORKS + 1):
        frame, x = tick - max(place - 1, 0), LEFT + place * (SIDE + GAP)
        colour = "#555555" if place == 0 else COLOURS[place - 1]
        title = "camera" if place == 0 else f"subnetwork {place - 1}"
        draw.text((x + SIDE / 2, TOP - 10), title, colour, font, anchor="ms")
        if frame >= 0:
            shown = Image.fromarray(clip[frame]).resize((SIDE, SIDE), Image.Resampling.NEAREST)
            # What deeper subnetworks work on is no picture any more; the colour says whose frame it is.
            image.paste(Image.blend(shown, Image.new("RGB", shown.size, colour), 0.12 * place), (x, TOP))
        draw.rectangle((x, TOP, x + SIDE, TOP + SIDE), outline=colour, width=3)
        draw.text(
            (x + SIDE / 2, TOP + SIDE + 18), f"frame {frame}" if frame >= 0 else "empty", "black", font, anchor="ms"
        )
        if place < SUBNETWORKS:
            y = TOP + SIDE / 2
            draw.line((x + SIDE + 6, y, x + SIDE + GAP - 6, y), "#555555", 2)
            draw.polygon(
                [(x + SIDE + GAP - 6, y), (x + SIDE + GAP - 14, y - 5), (x + SIDE + GAP - 14, y + 5)], "#555555"
            )
    return image


if __name__ == "__main__":
    main()
