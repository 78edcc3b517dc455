"""Re-parameterised YOLO-World v2-S on your own boxes: the classes are part of the weights.

The fastest to train and to use; it finds these classes and nothing else. Prepare it once:
  python tools/generate_text_prompts.py --model CLIP --text texts.json --out texts.npy
  python tools/reparameterize_yoloworld.py --model WEIGHTS.pth --text-embed texts.npy \\
      --conv-neck --out-dir data/weights

Train: python tools/train.py <this file> --cfg-options data_root=data/mine/
Test:  python tools/test.py <this file> work_dirs/yolo_world_s_rep_own/best.pth
"""

_base_ = ['./yolo_world_s_prompt_own.py']
load_from = 'data/weights/yolo_world_v2_s_obj365v1_goldg_pretrain-55b943ea_rep_conv.pth'
model = dict(_base_.own_rep_s, _delete_=True)
optim_wrapper = dict(_base_.own_optim_rep, _delete_=True)
custom_hooks = _base_.custom_hooks
