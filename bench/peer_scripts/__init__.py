"""What others would write for the same pulls; run by the interpreters of ``bench/.peers``, never imported."""
