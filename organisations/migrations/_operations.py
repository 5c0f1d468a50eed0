"""An operation that several apps' migrations use. The name begins with an underscore so that Django takes it for no migration."""

from django.db.migrations.operations.base import Operation


class CreateModels(Operation):
    """All `models`, each a CreateModel with its keys, indexes and constraints inside, as one operation.

    After every single CreateModel Django would build anew the classes of all models that lead to it, and those that lead to them: with
    a hundred models about the same people and organisations that is where the whole time goes. Here they are built once, when all are known.
    """

    def __init__(self, models):
        self.models = models

    def deconstruct(self):
        return (self.__class__.__name__, [self.models], {})

    def state_forwards(self, app_label, state):
        state.__dict__.pop("apps", None)  # the built classes, which Django caches there and builds again when they are asked for
        for model in self.models:
            model.state_forwards(app_label, state)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        for model in self.models:
            model.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        for model in reversed(self.models):
            model.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self):
        return f"Create models {', '.join(model.name for model in self.models)}"
