import { define } from "./define";
import { ChamberPanel } from "./panel";

void define({ "chamber-panel": ChamberPanel });
