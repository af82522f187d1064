// What is alike lies together, as it then packs better: the styles, and before the card what it draws.
import "./theme";
import "./trend/style";
import "./card/style";
import "./card/style-parts";
import "./trend/element";

import { ChamberCard } from "./card/card";
import { suggestionFor } from "./card/config";
import { define } from "./define";
import { ChamberDashboard, ChamberView, STRATEGIES } from "./strategies";
import { ChamberTrend } from "./trend/element";

const offered = window as unknown as { customCards?: object[]; customStrategies?: object[] };
(offered.customCards ??= []).push({
  type: "chamber-card",
  name: "Chamber",
  description: "The live temperature of a chamber with its setpoint, trend, alarms, parts and link.",
  preview: true,
  documentationURL: "https://github.com/chamber-ws/chamber_ws/blob/main/docs/card.md",
  getEntitySuggestion: suggestionFor,
});
(offered.customStrategies ??= []).push(...STRATEGIES);

void define({
  "chamber-trend": ChamberTrend,
  "chamber-card": ChamberCard,
  "ll-strategy-dashboard-chamber-dashboard": ChamberDashboard,
  "ll-strategy-view-chamber-view": ChamberView,
});
