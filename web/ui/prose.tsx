import { marked, type Token, type Tokens } from "marked";
import { Fragment, type ReactNode, useMemo } from "react";
import classes from "./prose.module.css";

/** Markdown as elements, never as markup: what it does not know is shown as it was written. */
export function Prose({ text }: { text: string }) {
  const tokens = useMemo(() => marked.lexer(text), [text]);
  return <div className={classes.prose}>{show(tokens)}</div>;
}

const show = (tokens: readonly Token[] | undefined): ReactNode =>
  // biome-ignore lint/suspicious/noArrayIndexKey: the tokens of a text never change places.
  (tokens ?? []).map((token, index) => <Fragment key={index}>{shown(token)}</Fragment>);

function shown(token: Token): ReactNode {
  switch (token.type) {
    case "paragraph":
    case "heading":
      return <p>{show(token.tokens)}</p>;
    case "list": {
      const { ordered, items } = token as Tokens.List;
      const points = items.map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the points of a list never change places.
        <li key={index}>{show(item.tokens)}</li>
      ));
      return ordered ? <ol>{points}</ol> : <ul>{points}</ul>;
    }
    case "strong":
      return <strong>{show(token.tokens)}</strong>;
    case "em":
      return <em>{show(token.tokens)}</em>;
    case "codespan":
      return <code>{(token as Tokens.Codespan).text}</code>;
    case "code":
      return (
        <pre>
          <code>{(token as Tokens.Code).text}</code>
        </pre>
      );
    case "text":
      return "tokens" in token ? show(token.tokens) : (token as Tokens.Text).text;
    case "space":
      return null;
    default:
      return token.raw;
  }
}
