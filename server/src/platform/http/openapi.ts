import { problems } from "@orderwatch/shared/problem.ts";
import type { Route, RouteTable } from "@orderwatch/shared/route.ts";
import { z } from "zod";

/** An OpenAPI 3.1 document of a route table; the schemas are the ones that validate requests. */
export function toOpenApi(options: {
  title: string;
  version: string;
  url: string;
  routes: RouteTable;
}): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const [name, route] of Object.entries(options.routes)) {
    const [method = "GET", template = "/"] = route.path.split(" ");
    const path = template.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation(name, route) };
  }
  return {
    openapi: "3.1.0",
    info: { title: options.title, version: options.version },
    servers: [{ url: options.url }],
    paths,
    components: { schemas: { Problem: problemSchema } },
  };
}

function operation(name: string, route: Route): object {
  return {
    operationId: name,
    summary: route.summary,
    parameters: [...parameters("path", route.params), ...parameters("query", route.query)],
    ...(route.body
      ? {
          requestBody: {
            required: true,
            content: { "application/json": { schema: jsonSchema(route.body, "input") } },
          },
        }
      : {}),
    responses: {
      [route.status ?? 200]: {
        description: "Success",
        ...(route.status === 204
          ? {}
          : { content: { "application/json": { schema: jsonSchema(route.reply, "input") } } }),
      },
      default: {
        description: "A problem",
        content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    },
  };
}

function parameters(place: "path" | "query", schema: z.ZodType | undefined): object[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, field]) => ({
    name,
    in: place,
    required: place === "path" || !field.safeParse(undefined).success,
    schema: jsonSchema(field, "input"),
  }));
}

const jsonSchema = (schema: z.ZodType, io: "input" | "output") =>
  z.toJSONSchema(schema, { io, unrepresentable: "any", target: "draft-2020-12" });

const problemSchema = {
  type: "object",
  required: ["type", "title", "status", "code", "detail", "requestId"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    code: { type: "string", enum: Object.keys(problems) },
    detail: { type: "string" },
    requestId: { type: "string" },
    remedies: {
      type: "array",
      items: {
        type: "object",
        required: ["kind", "label"],
        properties: { kind: { type: "string" }, label: { type: "string" } },
      },
    },
    errors: {
      type: "array",
      items: { type: "object", properties: { path: { type: "string" }, message: { type: "string" } } },
    },
  },
};
