from tests.composed_retrieval.shapes_recipe import recipe, shapes_root  # noqa: F401  (fixtures)
