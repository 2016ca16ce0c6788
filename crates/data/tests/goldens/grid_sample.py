"""Writes grid_sample.json: torch.nn.functional.grid_sample of a 2x5x7 image under four 3x3 maps from output to input pixels, for each interpolation and border."""
import json, torch

C, H, W = 2, 5, 7
image = torch.randint(0, 256, (C, H, W), generator=torch.Generator().manual_seed(1))
maps = {
    "rotated": [[0.913, -0.3, 1.231], [0.3, 0.913, -1.117], [0, 0, 1]],
    "enlarged": [[0.52, 0.0, 1.7], [0.0, 0.6, 0.42], [0, 0, 1]],
    "between pixels, out at the left": [[1.0, 0.0, -2.4], [0.0, 1.0, 0.25], [0, 0, 1]],
    "in perspective": [[1.1, 0.1, -0.6], [-0.05, 1.2, 0.3], [0.02, 0.03, 1]],
}
borders = {"zero": "zeros", "edge": "border", "reflect": "reflection"}
y, x = torch.meshgrid(torch.arange(H, dtype=torch.float64), torch.arange(W, dtype=torch.float64), indexing="ij")
cases = []
for name, m in maps.items():
    u, v, w = torch.einsum("ij,jhw->ihw", torch.tensor(m, dtype=torch.float64), torch.stack([x, y, torch.ones_like(x)]))
    grid = torch.stack([2 * u / w / (W - 1) - 1, 2 * v / w / (H - 1) - 1], -1)[None]
    for interpolation in ["bilinear", "nearest"]:
        for border, padding in borders.items():
            out = torch.nn.functional.grid_sample(image[None].double(), grid, mode=interpolation, padding_mode=padding, align_corners=True)
            values = [round(t, 5) for t in out.flatten().tolist()]
            cases.append({"name": name, "interpolation": interpolation, "border": border, "map": m, "out": values})
with open("grid_sample.json", "w") as f:
    json.dump({"torch": torch.__version__.split("+")[0], "shape": [C, H, W], "image": image.flatten().tolist(), "cases": cases}, f, indent=0)
