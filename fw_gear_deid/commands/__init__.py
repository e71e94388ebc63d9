"""What each subcommand of ``fw-deid`` does, once its arguments are read.

``run``, ``trial`` (``test``), ``check`` and ``batch`` have a module each; ``profiles`` is ``validate`` and
``profile``, ``lists`` what makes a profile of lists. Arguments of the longer ones are in ``check_arguments``,
``batch_arguments`` and ``list_arguments``, read by ``parser`` and shown with ``examples``. All share ``opening`` (what
has to be opened before any data is read), ``records`` (the files about a run), and ``screen`` (what a person sees).
"""
