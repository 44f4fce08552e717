import "graphiql/setup-workers/vite";
import "@fontsource-variable/inter";
import "graphiql/style.css";
import "./graphiql-page.css";
import { createRoot } from "react-dom/client";
import { onTokenFromLink, takeTokenFromLink } from "../session/token";
import { GraphiQLPage } from "./graphiql-page";

takeTokenFromLink();
onTokenFromLink(() => location.reload());
createRoot(document.getElementById("root") as HTMLElement).render(<GraphiQLPage />);
