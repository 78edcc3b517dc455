"""Images per second of the ways to generate box answers, from the naive loop to jump-forward.

The model is the demo's small Qwen3-VL with random weights, fp32, one thread. Its output layer
is biased so that it neither ends an answer early nor closes a list before --boxes boxes: a
trained model's answers to pictures with that many objects. "free" ways generate as many tokens
as the grammar's answers have. That the batched answers equal the naive ones, and those with
jump-forward those without, is checked.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import _paths  # noqa: F401
from _interleave import in_turns

CLASSES = tuple(
    f'{colour} {shape}'
    for colour in ('red', 'green', 'blue')
    for shape in ('circle', 'square', 'triangle')
)
PROMPT = f'Locate every instance of these categories: {", ".join(CLASSES)}.'
NAIVE = 'naive loop'
BATCHED = 'batched'
GRAMMAR = 'batched + grammar'
JUMP = 'batched + grammar + jump-forward'


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--family', default='qwen3_vl', choices=('qwen3_vl', 'qwen2_5_vl'))
    parser.add_argument('--size', default='demo', choices=('test', 'demo'))
    parser.add_argument('--images', type=int, default=16)
    parser.add_argument('--batch-size', type=int, default=16)
    parser.add_argument('--boxes', type=int, default=6, help='objects per answer')
    parser.add_argument('--rounds', type=int, default=5)
    return parser.parse_args()


def talkative_model(family: object, folder: Path, encoder: object) -> object:
    """Random weights that don't end before they must."""
    import torch

    from vlm_detector.decoding.token_index import token_index_of

    model = family.load_model(str(folder))
    width, num_tokens = model.lm_head.in_features, model.lm_head.out_features
    head = torch.nn.Linear(width, num_tokens)
    generator = torch.Generator().manual_seed(0)
    ending = [
        token
        for token, symbols in token_index_of(encoder.tokenizer).symbols.items()
        if symbols in (']', '[]') or '}]' in symbols or token in encoder.end_token_ids
    ]
    with torch.no_grad():
        head.weight.normal_(generator=generator)
        head.bias.zero_()
        head.bias[ending] = -1e4
    model.lm_head = head
    return model


def noise_requests(encoder: object, num_images: int) -> list:
    """Pictures of mixed sizes, one prompt each."""
    import numpy as np

    from vlm_detector.decoding import GenerationRequest

    generator = np.random.default_rng(0)
    sizes = generator.integers(64, 112, (num_images, 2))
    pictures = [generator.integers(0, 255, (*size, 3), dtype=np.uint8) for size in sizes]
    return [
        GenerationRequest(encoder.encode_image(picture), PROMPT, CLASSES, index)
        for index, picture in enumerate(pictures)
    ]


def measure(args: argparse.Namespace, folder: Path) -> tuple[dict, float]:
    """Per way seconds and ratio to the naive loop; and the tokens of an answer.

    Raises:
        RuntimeError: answers differ that have to be equal.
    """
    import torch

    from vlm_detector.codecs import codec_of
    from vlm_detector.decoding import BatchedGreedyEngine, NaiveEngine
    from vlm_detector.families import family_of
    from vlm_detector.families.tiny import save_tiny_model

    torch.set_num_threads(1)
    family = family_of(args.family)
    save_tiny_model(args.family, folder, size=args.size, corpus=(PROMPT, *CLASSES))
    encoder = family.load_encoder(str(folder))
    model, codec = talkative_model(family, folder, encoder), codec_of(family.codec_name)
    requests = noise_requests(encoder, args.images)
    grammar = {'type': 'BoxGrammar', 'max_boxes': args.boxes}
    batch = args.batch_size
    limit = 60 * (args.boxes + 1)
    ways = {
        GRAMMAR: BatchedGreedyEngine(limit, batch, grammar=grammar, jump_forward=False),
        JUMP: BatchedGreedyEngine(limit, batch, grammar=grammar),
    }
    bound = [engine.generate(model, encoder, codec, requests) for engine in ways.values()]
    num_tokens = round(sum(len(answer.token_ids) for answer in bound[0]) / len(requests))
    ways = {NAIVE: NaiveEngine(num_tokens), BATCHED: BatchedGreedyEngine(num_tokens, batch), **ways}
    free = [ways[name].generate(model, encoder, codec, requests) for name in (NAIVE, BATCHED)]
    for one, other in (free, bound):
        if [answer.token_ids for answer in one] != [answer.token_ids for answer in other]:
            raise RuntimeError('answers differ that have to be equal.')
    calls = {
        name: lambda engine=engine: engine.generate(model, encoder, codec, requests)
        for name, engine in ways.items()
    }
    return in_turns(calls, args.rounds), num_tokens


def main() -> None:
    args = parse_args()
    from vl_runtime.reports.tables import text_table

    with tempfile.TemporaryDirectory() as folder:
        timings, num_tokens = measure(args, Path(folder) / 'model')
    rows = [
        (
            name,
            f'{args.images / seconds:.2f}',
            f'{1 / ratio:.1f} x',
            f'{timings[GRAMMAR][0] / seconds:.1f} x',
        )
        for name, (seconds, ratio) in timings.items()
    ]
    print(f'{args.images} images, answers of {num_tokens} tokens, batches of {args.batch_size}')
    print(text_table(('way', 'images/s', 'of the naive loop', 'of batched + grammar'), rows))


if __name__ == '__main__':
    main()
