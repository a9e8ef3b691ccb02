"""A folder of data becomes a plan.toml: guesses, each with its certainty, for a person to check.

Nothing is guessed into use that could change a figure unseen: a CRS that the data do not prove
is a comment, and so is a layer that lacks a required column.
"""

from carbonspace.intake.ask import Question, asked
from carbonspace.intake.assign import drafted
from carbonspace.intake.draft import Answers, Draft
from carbonspace.intake.found import found_in, plan_name, write_whole
from carbonspace.intake.stated import settled
from carbonspace.intake.summary import summary
from carbonspace.intake.told import draft_facts
from carbonspace.intake.toml import toml_text
from carbonspace.intake.write import plan_text

__all__ = ["Answers", "Draft", "Question", "asked", "draft_facts", "drafted", "found_in",
           "plan_name", "plan_text", "settled", "summary", "toml_text", "write_whole"]  # fmt: skip
