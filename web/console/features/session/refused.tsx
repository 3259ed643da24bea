import { refusalOf } from "../../../lib/api.ts";
import { Notice } from "../../../ui/notice.tsx";
import { useCodeWords } from "../../words.ts";

/** Why the server did not do it, or nothing while nothing was refused. */
export function Refused({ error }: { error: unknown }) {
  const { problem } = useCodeWords();
  if (error === null || error === undefined) return null;
  const { code, detail, errors } = refusalOf(error);
  return (
    <Notice level="bad" title={problem(code)}>
      {errors.length === 0
        ? detail
        : errors.map(({ path, message }) => (
            <div key={path}>
              {path}: {message}
            </div>
          ))}
    </Notice>
  );
}
