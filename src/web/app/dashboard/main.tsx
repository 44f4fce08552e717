import "@fontsource-variable/inter";
import "@mantine/core/styles.css";
import "./dashboard.css";
import { createRoot } from "react-dom/client";
import { onTokenFromLink, takeTokenFromLink } from "../session/token";
import { App } from "./app";

takeTokenFromLink();
onTokenFromLink(() => location.reload());
createRoot(document.getElementById("root") as HTMLElement).render(<App />);
