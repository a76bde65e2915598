"""Finds the words in passages that answer a question, if there are any.

`open` picks a reader by its name. The interface is `Reader` in `qa.types`.

    sentences   the reader without a model: it answers with a sentence
    spans       the reader with a model
        keywords  reads keywords as the question that they stand for
        tables    chooses the rows and columns to read
        onnx      runs the model, which marks where an answer starts and ends
        decode    turns its logits into spans of the article
        whole     extends or trims spans, so that they cut no name, quantity or pair of brackets
        decide    merges spans, and computes how probable it is that each one answers
        shaped    turns spans into the kind of answer that the question wants
            clauses       the sentence or the clauses around a span: for yes or no, why, how
            support       how much of the question a sentence has
            lists         the other items of a list, with `enumerations`
            counts        whether a number counts what is asked for
        sections  gives the items of a section that the question names
        proven    prefers what the structure of the text proves to be the answer
            asked         the reply to the same question in the text, with `same_question`
            abbreviations  what an abbreviation stands for
            definitions   the definition of a term in a glossary
            statements    what a sentence says that something is; both with `asked_term`
            records       the value of a record or the cell of a table that the question names
            conditions    the amount in the item whose condition the question names
            side_by_side  the amount in the clause that the question names; both with `amounts`
            references    the year in the references to a work
            named         a name next to the noun that is asked for
        edges     adds what belongs to an answer, as in "Form C", and removes what the question said
        in_context  ranks the passages for a follow-up by what precedes it
    about       the sentences that say what a text is about
    kinds       what kind of answer a question wants
    howto       for both readers: commands and steps, if a question asks for them
        steps     finds them
        step_fit  says how well they fit the question
"""
