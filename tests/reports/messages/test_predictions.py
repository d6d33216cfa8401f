from spcse_ml.reports.messages.predictions import retention_meaning


def test_outside_the_domain_the_model_is_not_called_validated_without_saying_for_what() -> None:
    inside, outside = ({"retention_verdict": "useful", "domain": domain} for domain in ("inside", "outside"))
    assert "not for such a recipe" not in retention_meaning(inside)
    assert retention_meaning(outside) == f"{retention_meaning(inside)}, but not for such a recipe"
    assert retention_meaning({**outside, "retention_verdict": "no skill"}) == retention_meaning(
        {**inside, "retention_verdict": "no skill"}
    )
