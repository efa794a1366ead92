// <feedback-buttons> in the JSX of React 19: import type {} from "@humanfeedback/feedback-buttons/react".

import type { DetailedHTMLProps, HTMLAttributes } from "react";
import type { Attributes, ChangeDetail, ErrorDetail, Feedback, FeedbackButtons, Messages, Reasons, Token } from "./feedback-buttons.js";

type Words = { [key in keyof Messages as `text-${key}`]?: string };

interface Props extends Omit<Attributes, "token" | "reasons" | "maxlength">, Words {
  token?: Token | null;
  reasons?: Reasons | null;
  messages?: Partial<Messages> | null;
  feedback?: Feedback | null;
  maxlength?: number | string;
  correction?: boolean;
  "no-dialog"?: boolean;
  "onfeedback-change"?: (event: CustomEvent<ChangeDetail>) => void;
  "onfeedback-error"?: (event: CustomEvent<ErrorDetail>) => void;
}

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "feedback-buttons": DetailedHTMLProps<HTMLAttributes<FeedbackButtons>, FeedbackButtons> & Props;
    }
  }
}
