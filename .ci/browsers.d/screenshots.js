// Compares what a browser shows with what is stored, at half the size. Where text is smoothed in another way, single pixels
// differ; where a block moved or has another color, most of the pixels of a small square do.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import pixelmatch from "pixelmatch";
import { PNG } from "pngjs";

// How much of each square of so many pixels, and of the whole, may differ.
const SIDE = 20;
const TOLERATED = 0.12;
const TOLERATED_IN_ALL = 0.005;

// Each pixel is the mean of four, in 52 steps a color: small files.
function halved(text) {
  const whole = PNG.sync.read(text);
  const half = new PNG({ width: Math.floor(whole.width / 2), height: Math.floor(whole.height / 2) });
  for (let y = 0; y < half.height; y += 1) {
    for (let x = 0; x < half.width; x += 1) {
      for (let color = 0; color < 4; color += 1) {
        const at = (2 * y * whole.width + 2 * x) * 4 + color;
        const below = at + whole.width * 4;
        const mean = (whole.data[at] + whole.data[at + 4] + whole.data[below] + whole.data[below + 4]) / 4;
        half.data[(y * half.width + x) * 4 + color] = Math.round(mean / 5) * 5;
      }
    }
  }
  return half;
}

function differing(is, was) {
  const { width, height } = is;
  const mask = new PNG({ width, height });
  const inAll = pixelmatch(is.data, was.data, mask.data, width, height, { threshold: 0.15, diffMask: true });
  const squares = new Map();
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    if (mask.data[pixel * 4 + 3] === 0) continue;
    const square = `${Math.floor((pixel % width) / SIDE) * SIDE},${Math.floor(pixel / width / SIDE) * SIDE}`;
    squares.set(square, (squares.get(square) ?? 0) + 1 / (SIDE * SIDE));
  }
  const [place, share] = [...squares].reduce((most, it) => (it[1] > most[1] ? it : most), ["", 0]);
  return { mask, share, place, inAll: inAll / (width * height) };
}

function judge(is, was) {
  const { mask, share, place, inAll } = differing(is, was);
  const percent = (part) => `${(part * 100).toFixed(2)} %`;
  if (share > TOLERATED) return { mask, said: `${percent(share)} of the square at ${place} differ` };
  if (inAll > TOLERATED_IN_ALL) return { mask, said: `${percent(inAll)} of the pixels differ` };
  return { mask, said: null };
}

// The heading, somewhat lower: a comparison that does not see this sees nothing.
function moved(picture) {
  const copy = PNG.sync.read(PNG.sync.write(picture));
  PNG.bitblt(picture, copy, 0, 0, Math.min(150, picture.width), 70, 0, 3);
  return copy;
}

// Returns what is wrong, if anything; what was shown and where it differs is left in `shown`.
export function compare(taken, stored, name, shown, accept) {
  const [file, is] = [`${stored}/${name}.png`, halved(taken)];
  for (const directory of [shown, stored]) mkdirSync(directory, { recursive: true });
  writeFileSync(`${shown}/${name}.png`, taken);
  if (accept) writeFileSync(file, PNG.sync.write(is, { colorType: 2, deflateLevel: 9 }));
  if (!existsSync(file)) return `there is no ${file}; .ci/browsers --accept stores one`;
  const was = PNG.sync.read(readFileSync(file));
  if (is.width !== was.width || is.height !== was.height) {
    return `it has ${is.width} × ${is.height} pixels at half the size, and ${file} has ${was.width} × ${was.height}`;
  }
  if (judge(moved(is), was).said === null) return `the comparison with ${file} does not see a heading that moved`;
  const { mask, said } = judge(is, was);
  if (said === null) return null;
  writeFileSync(`${shown}/${name}-difference.png`, PNG.sync.write(mask));
  return `${said} from ${file}; see ${shown}/${name}-difference.png`;
}
