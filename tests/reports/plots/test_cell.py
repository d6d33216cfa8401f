import pytest

from spcse_ml.cell.energy import energy, energy_against_thickness
from spcse_ml.cell.stated import stated_cell
from spcse_ml.data.literature import literature
from spcse_ml.reports.plots.cell import UNSTATED, thickness_figure


def test_every_printed_energy_is_drawn_by_its_number_beside_the_computed_curve() -> None:
    cell, rows = stated_cell("LCO/Li-In").cell, literature().rows
    curve = energy_against_thickness(cell, [20.0, 47.0, 100.0])
    figure = thickness_figure(curve, rows, name="LCO/Li-In", thickness_um=47)
    for axes, column in zip(figure.axes, ("energy_density_wh_kg", "energy_density_wh_l"), strict=True):
        printed = rows[rows[column].notna()]
        assert sorted(text.get_text() for text in axes.texts) == sorted(
            f"[{number}]" for number in printed["reference"]
        )
        assert [text.xy[1] for text in axes.texts] == printed[column].tolist()
    assert figure.axes[1].lines[0].get_ydata()[1] == pytest.approx(
        energy(cell.model_copy(update={"thickness_um": 47})).wh_l
    )
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert f"printed: {UNSTATED}" in labels
    assert any("cell level" in label for label in labels)
