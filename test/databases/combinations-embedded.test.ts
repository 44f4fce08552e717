import { everyCombination } from "./combinations.js";

everyCombination("ClickHouse in the process", async () => undefined);
