"""The model among other Mesa models: collected data, a run that ends, seeds, batches, and what a notebook and SolaraViz show."""

from __future__ import annotations

import warnings
from typing import Any

import mesa
import numpy as np
import pandas as pd
import pytest

import cisim
from cisim.engines.mesa import CommunityModel
from cisim.errors import InputError
from cisim.model.metrics import METRICS
from tests.conftest import tiny


def test_the_data_collector_has_every_metric_with_one_number_each_quarter() -> None:
    with CommunityModel(tiny(), "collective_impact", seed=2) as model:
        model.run()
        frame = model.datacollector.get_model_vars_dataframe()
        assert set(frame.columns) == {name for name, (shape, *_) in METRICS.items() if shape == ()}
        for name in frame.columns:
            assert frame[name].tolist() == model.history[name].tolist()


def test_a_run_ends_by_itself_and_says_so() -> None:
    with CommunityModel(tiny(), "isolated_impact", seed=2) as model:
        assert model.running
        model.run_model()  # Mesa's own
        assert (model.running, model.steps, model.tick) == (False, 12, 12)
        with pytest.raises(StopIteration, match="ask for more years"):
            model.step()


def test_seed_and_rng_are_one_seed_which_also_seeds_the_generators_of_mesa() -> None:
    def drawn(**given: Any) -> tuple[int, float, float, float]:
        with CommunityModel(tiny(), "open_data", years=1, **given) as model:
            return model.seed, model.random.random(), float(model.rng.random()), float(model.run().history["on_track"][-1])

    assert drawn(seed=3) == drawn(rng=3) == drawn(rng=np.int64(3))
    assert drawn(seed=3)[1:3] != drawn(seed=4)[1:3]
    assert drawn()[0] == 0
    assert drawn(rng=np.random.default_rng(1)) == drawn(rng=np.random.default_rng(1))
    assert drawn(rng=[1, 2])[0] != drawn(rng=[1, 3])[0]
    for wrong in ({"seed": 1, "rng": 1}, {"seed": -1}, {"rng": -1}, {"seed": 1.5}):
        with pytest.raises(InputError):
            CommunityModel(tiny(), **wrong)


def test_a_batch_of_mesa_runs_it_as_it_comes_with_settings_as_parameters() -> None:
    parameters: dict[str, Any] = {"scenario": tiny(), "arm": ["isolated_impact", "collective_impact"], "years": 1}
    parameters["learning.turnover"] = [0.0, 0.4]
    # from 3.5 on Mesa takes seeds by itself, and calls iterations old
    named: dict[str, Any] = {"rng": [5, 6]} if mesa.__version__ >= "3.5" else {"iterations": 1}
    parameters |= {} if mesa.__version__ >= "3.5" else {"seed": [5, 6]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = mesa.batch_run(CommunityModel, parameters, number_processes=1, display_progress=False, **named)
    frame = pd.DataFrame(rows)
    assert len(frame) == 8
    assert frame["on_track"].between(0, 1).all()
    changed = tiny().choose({"learning.turnover": 0.4})
    expected = {cisim.history(changed, "isolated_impact", seed, 1, "agents")["turnover"][-1] for seed in (5, 6)}
    of_arm = frame[(frame["arm"] == "isolated_impact") & (frame["learning.turnover"] == 0.4)]
    assert set(of_arm["turnover"]) == expected


def test_a_shipped_name_will_do_and_a_setting_that_is_none_gets_one_sentence() -> None:
    with CommunityModel(years=1) as model:
        assert repr(model) == "<CommunityModel: default, collective impact, seed 0, quarter 0 of 164>"
    with pytest.raises(InputError, match="Did you mean"):
        CommunityModel(tiny(), **{"learning.turnovr": 0.1})
    with pytest.raises(InputError, match="no shipped scenario of that name"):
        CommunityModel("nowhere")


def test_model_and_agents_show_themselves_in_a_line_and_as_tables() -> None:
    with CommunityModel(tiny(), "collective_impact", seed=2) as model:
        assert "<th>npos</th><td>6</td>" in model._repr_html_()
        assert "on_track" not in model._repr_html_()  # nothing was measured yet
        model.step()
        assert "<th>on_track</th>" in model._repr_html_()
        npo = model.npos.to_list()[2] if hasattr(model.npos, "to_list") else model.npos[2]
        assert (repr(npo), repr(model.backbone)) == ("<NPO 2>", "<Backbone>")
        assert "<th>trust" not in npo._repr_html_() or "<td>" in npo._repr_html_()
        assert "<th>size</th>" in npo._repr_html_()


def test_it_is_shown_by_solara_viz() -> None:
    pytest.importorskip("altair", reason="mesa.visualization needs altair")
    pytest.importorskip("solara")
    import solara

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Solara, about Mesa's own page
        from mesa.visualization import SolaraViz, make_plot_component
        from mesa.visualization.solara_viz import _check_model_params

    # what the page does before it shows anything: a model that takes settings by path must not be refused
    _check_model_params(CommunityModel.__init__, {"arm": "open_data", "initiative.voice": 0.4, "seed": 1})
    with CommunityModel(tiny(), "collective_impact", seed=2) as model:
        parameters = {"arm": {"type": "Select", "value": "collective_impact", "values": tiny().arms, "label": "Approach"}}
        page = SolaraViz(model, components=[make_plot_component("on_track")], model_params=parameters, name="cisim")
        box, context = solara.render(page, handle_error=False)
        context.close()
        assert box is not None
