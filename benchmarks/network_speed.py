"""Time of the network, image in and raw head output out, against mmyolo's YOLOv8 (80 classes).

Batch 1, float32, evaluation mode, text features given, nothing fused or compiled on either
side. YOLO-World v2 with 80 and 1203 texts that come with the image, with 80 texts that are
part of the weights (``fuse``), and with the efficient neck. Then what the parts of a prediction
cost: text encoder, network, post-processing.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import _paths  # noqa: F401
from _interleave import in_turns
from _models import (
    EFFICIENT,
    SCALES,
    build,
    network,
    text_features,
    yolo_world_config,
    yolov8_config,
)

if TYPE_CHECKING:
    from torch import Tensor

YOLOV8 = 'YOLOv8, 80 classes (mmyolo)'
# Most that a kind of network may take, relative to YOLOv8-S.
BARS = {'80 texts in the weights': 1.10, '80 texts': 1.10, '1203 texts': 1.35}
BARS['efficient neck, 80 texts'] = 1.03
CLIP = dict(hidden_size=512, intermediate_size=2048, num_attention_heads=8, num_hidden_layers=12)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--scale', choices=SCALES, default='s')
    parser.add_argument('--size', type=int, default=640, help='side of the image, pixels')
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--rounds', type=int, default=31)
    parser.add_argument('--device', help='cpu or cuda; default: cuda if there is one, else cpu')
    parser.add_argument('--parts', action='store_true', help='only the parts of a prediction')
    return parser.parse_args()


def measure_networks(
    scale: str, size: int, rounds: int, device: str = 'cpu'
) -> dict[str, tuple[float, float]]:
    """Per network the median seconds and the median ratio to YOLOv8's."""
    import torch

    image = torch.rand(1, 3, size, size).to(device)
    few, many = text_features(80).to(device), text_features(1203).to(device)
    world = build(yolo_world_config(scale)).eval().to(device)
    world.set_vocabulary([f'thing {index}' for index in range(80)], text_feats=few)
    efficient = build(yolo_world_config(scale, block=EFFICIENT)).eval().to(device)
    return in_turns(
        {
            YOLOV8: network(build(yolov8_config(scale)).eval().to(device), image),
            '80 texts in the weights': network(world.fuse().eval(), image),
            '80 texts': network(world, image, few),
            '1203 texts': network(world, image, many),
            'efficient neck, 80 texts': network(efficient, image, few),
        },
        rounds,
    )


def measure_parts(
    scale: str, size: int, num_texts: int, rounds: int, device: str = 'cpu'
) -> dict[str, tuple[float, float]]:
    """Median seconds of encoding the texts, of the network and of the post-processing.

    The second number of each is its ratio to the network.
    """
    import torch

    image = torch.rand(1, 3, size, size).to(device)
    texts = text_features(num_texts).to(device)
    model = build(yolo_world_config(scale)).eval().to(device)
    run = network(model, image, texts)
    with torch.inference_mode():
        logits, boxes = model.bbox_head(model.neck(model.backbone(image, None)[0], texts), texts)
    meta = dict(ori_shape=(size, size), scale_factor=(1.0, 1.0))

    @torch.inference_mode()
    def post_process() -> object:
        return model.bbox_head.predict_by_feat(
            usual_logits(logits), boxes, batch_img_metas=[meta], rescale=True
        )

    parts = {'network': run, 'post-processing': post_process}
    return in_turns({**parts, 'text encoder': text_encoder(num_texts, device)}, rounds)


def usual_logits(like: list[Tensor]) -> list[Tensor]:
    """Logits of which about one in 300 passes the score threshold of 0.001."""
    import torch

    generator = torch.Generator().manual_seed(0)
    return [
        (-11 + 1.5 * torch.randn(level.shape, generator=generator)).to(level.device)
        for level in like
    ]


def text_encoder(num_texts: int, device: str) -> Callable[[], Any]:
    """CLIP ViT-B/32's text model with random weights on tokens of short phrases."""
    import torch
    from transformers import CLIPTextConfig, CLIPTextModelWithProjection

    model = CLIPTextModelWithProjection(CLIPTextConfig(projection_dim=512, **CLIP)).eval()
    model.to(device)
    tokens = torch.randint(1000, 40000, (num_texts, 6)).to(device)
    return torch.inference_mode()(lambda: model(input_ids=tokens).text_embeds.cpu())


def main() -> None:
    args = parse_args()
    import torch

    from vl_runtime.reports.tables import text_table

    torch.set_num_threads(args.threads)
    device = args.device or ('cuda' if torch.cuda.is_available() else 'cpu')
    where = f'{args.size} x {args.size}, batch 1, {device}, {torch.get_num_threads()} threads'
    if not args.parts:
        result = measure_networks(args.scale, args.size, args.rounds, device)
        rows = [
            (name, f'{1000 * seconds:.1f} ms', f'{ratio:.3f}', f'{BARS.get(name, 1):.2f}')
            for name, (seconds, ratio) in result.items()
        ]
        print(f'scale {args.scale}, {where}')
        print(text_table(('network', 'time', 'to YOLOv8', 'bar (scale s)'), rows))
    rows = []
    for num_texts in (80, 1203):
        parts = measure_parts(args.scale, args.size, num_texts, max(args.rounds // 6, 3), device)
        rows.append(
            (str(num_texts), *(f'{1000 * seconds:.1f} ms' for seconds, _ in parts.values()))
        )
    print(f'\nparts of a prediction, {where}; texts are encoded once per vocabulary')
    print(text_table(('texts', *parts), rows))


if __name__ == '__main__':
    main()
