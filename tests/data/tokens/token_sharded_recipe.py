"""The same with every linear layer in shares."""

_base_ = './token_recipe.py'
model_wrapper_cfg = dict(_delete_=True, type='FullySharded', layers=['Linear'])
